// SPDX-License-Identifier: Apache-2.0

package observer_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/internal/protobuf"
	"github.com/lockstep-bpf/lockstep/monitor/sink/observer"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T, file string) *authority {
	a := &authority{file: file}
	a.cert, a.key = a.sign(t, file, "", &x509.Certificate{IsCA: true, BasicConstraintsValid: true, NotAfter: time.Now().Add(time.Hour)})
	return a
}

// sign writes a certificate, and its key if that has a name.
func (a *authority) sign(t *testing.T, file, keyFile string, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: file}
	template.NotBefore = time.Now().Add(-2 * time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, file, "CERTIFICATE", der)
	if keyFile != "" {
		b, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		writePEM(t, keyFile, "PRIVATE KEY", b)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func writePEM(t *testing.T, file, kind string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTLS: clients without the right certificate are refused, and files that change are read again.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	name := func(s string) string { return filepath.Join(dir, s) }
	ca, other := newAuthority(t, name("ca")), newAuthority(t, name("other"))
	valid := func() *x509.Certificate {
		return &x509.Certificate{DNSNames: []string{"n.default.hubble-grpc.cilium.io"}, NotAfter: time.Now().Add(time.Hour)}
	}
	first, _ := ca.sign(t, name("cert"), name("key"), valid())
	ca.sign(t, name("client"), name("client.key"), valid())
	other.sign(t, name("wrong"), name("wrong.key"), valid())
	files, err := observer.OpenTLS(name("cert"), name("key"), name("ca"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var reported []string
	n := startOn(t, l, l.Addr().String(), observer.Options{Node: "n", TLS: files, Report: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		reported = append(reported, err.Error())
	}})
	n.connection()
	config := func(cert, key string) *tls.Config {
		c := &tls.Config{ServerName: "n.default.hubble-grpc.cilium.io", RootCAs: x509.NewCertPool()}
		c.RootCAs.AddCert(ca.cert)
		if cert != "" {
			pair, err := tls.LoadX509KeyPair(name(cert), name(key))
			if err != nil {
				t.Fatal(err)
			}
			c.Certificates = []tls.Certificate{pair}
		}
		return c
	}
	// serial returns the number of the certificate that the server shows now.
	serial := func() *big.Int {
		t.Helper()
		a, err := newClient(t, n.addr, config("client", "client.key")).call(t.Context(), "/observer.Observer/GetFlows", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer a.close()
		return a.resp.TLS.PeerCertificates[0].SerialNumber
	}
	if serial().Cmp(first.SerialNumber) != 0 {
		t.Error("another certificate")
	}
	for _, bad := range []*tls.Config{config("", ""), config("wrong", "wrong.key"), nil} {
		if a, err := newClient(t, n.addr, bad).call(t.Context(), "/observer.Observer/GetFlows", nil); err == nil && a.resp.ProtoMajor == 2 {
			t.Errorf("a client that must be refused gets %s", a.resp.Status)
		}
	}
	if err := os.WriteFile(name("key"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	later(t, name("key"), 1)
	if serial().Cmp(first.SerialNumber) != 0 {
		t.Error("another certificate")
	}
	mu.Lock()
	if len(reported) != 1 || !strings.Contains(reported[0], name("key")) {
		t.Errorf("reported: %q", reported)
	}
	mu.Unlock()
	second, _ := ca.sign(t, name("cert"), name("key"), valid())
	later(t, name("key"), 2)
	if serial().Cmp(second.SerialNumber) != 0 {
		t.Error("the new certificate is not used")
	}
}

// later makes a file's time differ from those before, however coarse the clock of files is.
func later(t *testing.T, file string, hours int) {
	t.Helper()
	when := time.Now().Add(time.Duration(hours) * time.Hour)
	if err := os.Chtimes(file, when, when); err != nil {
		t.Fatal(err)
	}
}

// TestBadTLS: what is wrong with the files is said.
func TestBadTLS(t *testing.T) {
	dir := t.TempDir()
	name := func(s string) string { return filepath.Join(dir, s) }
	ca := newAuthority(t, name("ca"))
	ca.sign(t, name("old"), name("old.key"), &x509.Certificate{NotAfter: time.Now().Add(-time.Hour)})
	ca.sign(t, name("cert"), name("key"), &x509.Certificate{NotAfter: time.Now().Add(time.Hour)})
	for _, c := range []struct{ cert, key, ca, want string }{
		{"old", "old.key", "", "has expired on"},
		{"cert", "old.key", "", "private key does not match"},
		{"none", "key", "", "no such file"},
		{"cert", "key", name("key"), "contains no certificate"},
	} {
		if _, err := observer.OpenTLS(name(c.cert), name(c.key), c.ca); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %s: %v", c.cert, c.key, err)
		}
	}
}

// TestPeers: a client of the peer service hears of every change of the list.
func TestPeers(t *testing.T) {
	list := filepath.Join(t.TempDir(), "peers")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# nodes\none 10.0.0.1:4244\ntwo 10.0.0.2:4244 two.example\n")
	peers, err := observer.OpenPeers(t.Context(), list, true, func(error) {})
	if err != nil {
		t.Fatal(err)
	}
	n := start(t, observer.Options{Node: "one", Peers: peers})
	a, err := newClient(t, n.addr, nil).call(t.Context(), "/peer.Peer/Notify", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	next := func(want string) {
		t.Helper()
		msg, err := a.next()
		if err != nil {
			t.Fatal(err)
		}
		var got [5]string
		_ = protobuf.Each(msg, func(v protobuf.Value) error {
			got[v.Number] = string(v.Bytes)
			switch v.Number {
			case 3:
				got[3] = [...]string{1: "added", 2: "deleted", 3: "updated"}[v.Uint]
			case 4:
				got[4] = string(v.Bytes[2:])
			}
			return nil
		})
		if s := strings.Join(got[1:], " "); s != want {
			t.Errorf("got %s, want %s", s, want)
		}
	}
	next("one 10.0.0.1:4244 added one.default.hubble-grpc.cilium.io")
	next("two 10.0.0.2:4244 added two.example")
	write("two 10.0.0.9:4244 two.example\n")
	if err := peers.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	next("two 10.0.0.9:4244 updated two.example")
	next("one 10.0.0.1:4244 deleted one.default.hubble-grpc.cilium.io")
	for text, want := range map[string]string{"one\n": ":1: a line has", "a b\na c\n": ":2: a is there twice"} {
		write(text)
		if err := peers.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := observer.OpenPeers(t.Context(), "dns:localhost", false, func(error) {}); err == nil {
		t.Error("a name without a port")
	}
	if _, err := observer.OpenPeers(t.Context(), list+".none", false, func(error) {}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
