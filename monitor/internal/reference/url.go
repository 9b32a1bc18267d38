// SPDX-License-Identifier: Apache-2.0

package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// recordedURL is url.URL with its fields in the order in which the recordings have them. The order is not part of
// what Go promises: Go 1.25 has another than Go 1.26.
type recordedURL struct {
	Scheme, Opaque, User, Host, Path, Fragment, RawQuery, RawPath, RawFragment, ForceQuery, OmitHost json.RawMessage
}

// OrderURL returns what encoding/json made of an access log record, with the fields of its URL in the recordings'
// order, whatever version of Go runs. Data without a URL is returned as it is.
func OrderURL(data []byte) ([]byte, error) {
	const key = `"URL":{`
	at := bytes.Index(data, []byte(key)) // within a string the quotes would be escaped
	if at < 0 {
		return data, nil
	}
	at += len(key) - 1
	var u recordedURL
	d := json.NewDecoder(bytes.NewReader(data[at:]))
	d.DisallowUnknownFields()
	if err := d.Decode(&u); err != nil {
		return nil, fmt.Errorf("a URL's JSON: %w", err)
	}
	ordered, err := json.Marshal(u)
	return slices.Concat(data[:at], ordered, data[at+int(d.InputOffset()):]), err
}
