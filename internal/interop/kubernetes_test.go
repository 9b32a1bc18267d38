// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// decodeManifest decodes a document strictly, as a server of Kubernetes does with fieldValidation=Strict.
func decodeManifest(document []byte) (any, error) {
	data, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return nil, err
	}
	var kind struct{ APIVersion, Kind string }
	if err := yaml.Unmarshal(document, &kind); err != nil {
		return nil, err
	}
	objects := map[string]any{
		"v1 Namespace": new(corev1.Namespace), "v1 Service": new(corev1.Service), "apps/v1 DaemonSet": new(appsv1.DaemonSet),
	}
	object := objects[kind.APIVersion+" "+kind.Kind]
	strict, err := kjson.UnmarshalStrict(data, object)
	if err == nil && len(strict) > 0 {
		err = strict[0]
	}
	return object, err
}

// TestManifest: Kubernetes' own types take every field of the manifest, and none that is misspelt.
func TestManifest(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "deploy", "kubernetes.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	documents := bytes.Split(b, []byte("\n---\n"))
	if len(documents) != 3 {
		t.Fatalf("%d documents", len(documents))
	}
	for _, d := range documents {
		object, err := decodeManifest(d)
		if err != nil {
			t.Errorf("%v\n%s", err, d)
			continue
		}
		set, ok := object.(*appsv1.DaemonSet)
		if !ok {
			continue
		}
		spec := set.Spec.Template.Spec
		if c := spec.Containers[0]; !spec.HostNetwork || !spec.HostPID || c.SecurityContext == nil || len(c.SecurityContext.Capabilities.Add) != 6 ||
			c.LivenessProbe.HTTPGet.Port.StrVal != c.Ports[0].Name || c.Resources.Limits.Memory().IsZero() {
			t.Errorf("%+v", spec)
		}
		for _, wrong := range []struct{ old, new string }{
			{"hostPID:", "hostPid:"}, {"readOnlyRootFilesystem:", "readOnlyRootFileSystem:"}, {"livenessProbe:", "liveness:"},
			{"- name: kernel\n          hostPath:", "- name: kernel\n          hostpath:"}, {"hostPID: true", "hostPID: \"true\""}, {"containerPort: 9965", "containerPort: x"},
		} {
			text := strings.Replace(string(d), wrong.old, wrong.new, 1)
			if _, err := decodeManifest([]byte(text)); err == nil || text == string(d) {
				t.Errorf("%s is taken", wrong.new)
			}
		}
	}
}
