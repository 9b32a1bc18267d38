// SPDX-License-Identifier: Apache-2.0

package observer

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/lockstep-bpf/lockstep/internal/regular"
)

// TLS is the files of a certificate. They are read again when they change.
type TLS struct {
	cert, key, clientCA string

	mu      sync.Mutex
	stamp   [3]time.Time
	current *tls.Config
	failed  string // the error that was reported last
}

// OpenTLS reads the files of a certificate and its key. With clientCA, clients need a certificate that those of this file
// have signed. The error says what is wrong: a key that is another certificate's, or a certificate that has expired.
func OpenTLS(cert, key, clientCA string) (*TLS, error) {
	t := &TLS{cert: cert, key: key, clientCA: clientCA}
	t.stamp = t.stamps()
	var err error
	t.current, err = t.load(time.Now())
	return t, err
}

// stamps returns when the files were changed.
func (t *TLS) stamps() (all [3]time.Time) {
	for i, name := range [...]string{t.cert, t.key, t.clientCA} {
		if info, err := os.Stat(name); name != "" && err == nil {
			all[i] = info.ModTime()
		}
	}
	return all
}

// load reads the files.
func (t *TLS) load(now time.Time) (*tls.Config, error) {
	pair, err := readPair(t.cert, t.key)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", t.cert, t.key, err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	switch {
	case err != nil:
		return nil, fmt.Errorf("certificate %s: %w", t.cert, err)
	case now.After(leaf.NotAfter):
		return nil, fmt.Errorf("certificate %s has expired on %s", t.cert, leaf.NotAfter.Format(time.DateOnly))
	case now.Before(leaf.NotBefore):
		return nil, fmt.Errorf("certificate %s is not valid before %s", t.cert, leaf.NotBefore.Format(time.RFC3339))
	}
	c := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}}
	if t.clientCA != "" {
		pem, err := regular.Read(t.clientCA)
		if err != nil {
			return nil, err
		}
		c.ClientCAs = x509.NewCertPool()
		if !c.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s contains no certificate", t.clientCA)
		}
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c, nil
}

// readPair reads the files of a certificate and its key. They are read again when they change, so nothing but files will do.
func readPair(cert, key string) (tls.Certificate, error) {
	certPEM, err := regular.Read(cert)
	if err != nil {
		return tls.Certificate{}, err
	}
	keyPEM, err := regular.Read(key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(certPEM, keyPEM)
}

// config returns the configuration of a server, which looks at the files for each client.
func (t *TLS) config(report func(error)) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		NextProtos: []string{"h2"},
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return t.newest(report), nil
		},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return &t.newest(report).Certificates[0], nil
		},
	}
}

// newest returns the configuration of the files as they are now, or as they were when they were last right.
func (t *TLS) newest(report func(error)) *tls.Config {
	t.mu.Lock()
	defer t.mu.Unlock()
	stamps := t.stamps()
	if stamps == t.stamp && t.failed == "" {
		return t.current
	}
	c, err := t.load(time.Now())
	if err != nil {
		if t.failed != err.Error() {
			report(fmt.Errorf("the certificate in use stays: %w", err))
		}
		t.failed = err.Error()
		return t.current
	}
	t.current, t.stamp, t.failed = c, stamps, ""
	return c
}
