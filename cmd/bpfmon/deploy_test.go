// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// parses returns an error for a command line that bpfmon does not take.
func parses(t *testing.T, args []string) error {
	t.Helper()
	cmd, rest, err := newCommand(stdio{nil, io.Discard, io.Discard}).Find(args)
	if err != nil {
		return err
	}
	return cmd.ParseFlags(rest)
}

// TestUnit: the command line of the unit is one of bpfmon's, and systemd takes the unit.
func TestUnit(t *testing.T) {
	const unit = "../../deploy/bpfmon.service"
	b, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`"BPFMON=(.*)"`).FindAllSubmatch(b, -1)
	if len(lines) != 2 {
		t.Fatalf("%d command lines", len(lines))
	}
	for _, line := range lines {
		args := strings.Fields(string(line[1]))
		if args[0] == "attach" || args[0] == "drops" {
			if cmd, _, err := newCommand(stdio{}).Find(args[:1]); err != nil || cmd.Flags().Lookup("metrics") == nil {
				continue // not on this system
			}
		}
		if err := parses(t, args); err != nil {
			t.Errorf("%s: %v", line[1], err)
		}
	}
	has, err := hasProgram("systemd-analyze")
	if err != nil {
		t.Fatal(err)
	}
	if !has {
		t.Skip("systemd-analyze is not installed")
	}
	name := t.TempDir() + "/bpfmon.service"
	self, err := os.Executable() // a program that is there
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.ReplaceAll(b, []byte("/usr/local/bin/bpfmon"), []byte(self))
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("systemd-analyze", "verify", "--man=no", name).CombinedOutput()
	if err != nil || strings.Contains(string(out), "bpfmon.service:") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	// What it cannot do without, as to load BPF programs as root in the host's namespaces, is 3.4 of systemd's 10.
	out, err = exec.Command("systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=35", name).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}

// TestManifest: the parts of the manifest are known kinds that fit together, and the command line is one of bpfmon's.
func TestManifest(t *testing.T) {
	b, err := os.ReadFile("../../deploy/kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type metadata struct {
		Name, Namespace string
		Labels          map[string]string
		Annotations     map[string]string
	}
	type port struct {
		Name                string
		Port, ContainerPort int
	}
	type object struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   metadata
		Spec       struct {
			ClusterIP string `yaml:"clusterIP"`
			Ports     []port
			Selector  any
			Template  struct {
				Metadata metadata
				Spec     struct {
					HostNetwork                  bool   `yaml:"hostNetwork"`
					HostPID                      bool   `yaml:"hostPID"`
					DNSPolicy                    string `yaml:"dnsPolicy"`
					AutomountServiceAccountToken bool   `yaml:"automountServiceAccountToken"`
					Tolerations                  []struct{ Operator string }
					Volumes                      []struct {
						Name     string
						HostPath struct{ Path, Type string } `yaml:"hostPath"`
						Secret   struct {
							SecretName string `yaml:"secretName"`
						}
					}
					Containers []struct {
						Name, Image string
						Args        []string
						Ports       []struct {
							Name          string
							ContainerPort int `yaml:"containerPort"`
						}
						LivenessProbe struct {
							HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
						} `yaml:"livenessProbe"`
						Resources       struct{ Requests, Limits map[string]string }
						SecurityContext struct {
							RunAsUser                int  `yaml:"runAsUser"`
							ReadOnlyRootFilesystem   bool `yaml:"readOnlyRootFilesystem"`
							AllowPrivilegeEscalation bool `yaml:"allowPrivilegeEscalation"`
							Capabilities             struct{ Add, Drop []string }
						} `yaml:"securityContext"`
						VolumeMounts []struct {
							Name      string
							MountPath string `yaml:"mountPath"`
							ReadOnly  bool   `yaml:"readOnly"`
						} `yaml:"volumeMounts"`
					}
				}
			}
		}
	}
	var kinds []string
	d := yaml.NewDecoder(bytes.NewReader(b), yaml.DisallowUnknownField())
	for {
		var o object
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, o.APIVersion+" "+o.Kind)
		if o.Kind != "DaemonSet" {
			continue
		}
		c := o.Spec.Template.Spec.Containers[0]
		if cmd, _, err := newCommand(stdio{}).Find(c.Args[:1]); err == nil && cmd.Flags().Lookup("metrics") != nil {
			if err := parses(t, c.Args); err != nil {
				t.Error(err)
			}
		}
		volumes := map[string]bool{}
		for _, v := range o.Spec.Template.Spec.Volumes {
			volumes[v.Name] = true
		}
		for _, m := range c.VolumeMounts {
			if !volumes[m.Name] {
				t.Errorf("there is no volume %s", m.Name)
			}
		}
		if c.LivenessProbe.HTTPGet.Port != c.Ports[0].Name || len(c.SecurityContext.Capabilities.Add) != 6 {
			t.Errorf("%+v", c)
		}
	}
	if got := strings.Join(kinds, ", "); got != "v1 Namespace, v1 Service, apps/v1 DaemonSet" {
		t.Errorf("kinds: %s", got)
	}
}
