// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// The parts of an SPDX 2.3 document that are written.
type (
	spdxDocument struct {
		Version       string             `json:"spdxVersion"`
		DataLicense   string             `json:"dataLicense"`
		ID            string             `json:"SPDXID"`
		Name          string             `json:"name"`
		Namespace     string             `json:"documentNamespace"`
		Creation      spdxCreation       `json:"creationInfo"`
		Packages      []spdxPackage      `json:"packages"`
		Relationships []spdxRelationship `json:"relationships"`
	}
	spdxCreation struct {
		Created  string   `json:"created"`
		Creators []string `json:"creators"`
	}
	spdxPackage struct {
		ID       string    `json:"SPDXID"`
		Name     string    `json:"name"`
		Version  string    `json:"versionInfo"`
		Location string    `json:"downloadLocation"`
		Analyzed bool      `json:"filesAnalyzed"`
		Refs     []spdxRef `json:"externalRefs"`
	}
	spdxRef struct {
		Category string `json:"referenceCategory"`
		Type     string `json:"referenceType"`
		Locator  string `json:"referenceLocator"`
	}
	spdxRelationship struct {
		Element string `json:"spdxElementId"`
		Type    string `json:"relationshipType"`
		Related string `json:"relatedSpdxElement"`
	}
)

// bill returns the SBOM of an archive: the modules and the version of Go that its commands say they were built from.
func bill(name string, paths []string, commit commitInfo) ([]byte, error) {
	modules := map[string]string{} // versions
	for _, path := range paths {
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			return nil, err
		}
		modules["stdlib"] = strings.TrimPrefix(info.GoVersion, "go")
		for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
			if m.Replace != nil {
				m = m.Replace
			}
			modules[m.Path] = m.Version
		}
	}
	d := spdxDocument{
		Version: "SPDX-2.3", DataLicense: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: name,
		Creation: spdxCreation{Created: commit.date.Format(time.RFC3339), Creators: []string{"Tool: lockstep-dist"}},
	}
	var names []string
	for path := range modules {
		names = append(names, path)
	}
	slices.Sort(names)
	for i, path := range names {
		p := spdxPackage{
			ID: fmt.Sprintf("SPDXRef-%d", i), Name: path, Version: modules[path], Location: "NOASSERTION",
			Refs: []spdxRef{{"PACKAGE-MANAGER", "purl", "pkg:golang/" + path + "@" + modules[path]}},
		}
		d.Packages = append(d.Packages, p)
		d.Relationships = append(d.Relationships, spdxRelationship{d.ID, "DESCRIBES", p.ID})
	}
	packages, err := json.Marshal(d.Packages)
	if err != nil {
		return nil, err
	}
	d.Namespace = fmt.Sprintf("https://github.com/lockstep-bpf/lockstep/sbom/%s-%x", name, sha256.Sum256(packages))
	b, err := json.MarshalIndent(d, "", "  ")
	return append(b, '\n'), err
}
