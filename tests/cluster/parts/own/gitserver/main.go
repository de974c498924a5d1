// gitserver serves Git over HTTPS through `git http-backend`, with basic authentication as hosting services do it.
//
//	gitserver -listen ADDRESS -cert FILE -key FILE -root FOLDER -users FILE
//
// A line of the users file: NAME TOKEN REPOSITORY=RIGHTS..., where RIGHTS is r or rw. The name * is everybody. The file
// is read at each request, so a right can be given or taken while the server runs.
//
// Who lacks a right is asked for a name (401), also after a wrong token. A known name without the right gets 403.
package main

import (
	"flag"
	"log"
	"net/http"
	"net/http/cgi"
	"os"
	"path/filepath"
	"strings"
)

type user struct {
	token  string
	rights map[string]string // by repository
}

func (u user) may(repository string, write bool) bool {
	rights := u.rights[repository]
	return rights == "rw" || rights == "r" && !write
}

func readUsers(path string) (map[string]user, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	users := map[string]user{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		rights := map[string]string{}
		for _, right := range fields[2:] {
			repository, allowed, _ := strings.Cut(right, "=")
			rights[repository] = allowed
		}
		users[fields[0]] = user{fields[1], rights}
	}
	return users, nil
}

type server struct{ root, users string }

// The status that the request deserves: 200 if Git may answer it.
func (s server) status(r *http.Request, repository string) int {
	users, err := readUsers(s.users)
	if err != nil {
		log.Print(err)
		return http.StatusInternalServerError
	}
	write := strings.HasSuffix(r.URL.Path, "/git-receive-pack") || r.URL.Query().Get("service") == "git-receive-pack"
	name, token, given := r.BasicAuth()
	asking, known := users[name]
	switch {
	case users["*"].may(repository, write):
	case !given || !known || asking.token != token:
		return http.StatusUnauthorized
	case !asking.may(repository, write):
		return http.StatusForbidden
	}
	if _, err := os.Stat(filepath.Join(s.root, repository+".git")); err != nil {
		return http.StatusNotFound
	}
	return http.StatusOK
}

func (s server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	repository, _, found := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), ".git/")
	if !found {
		http.NotFound(w, r)
		return
	}
	status := s.status(r, repository)
	name, _, _ := r.BasicAuth()
	log.Printf("%s %s %q %s %s", http.StatusText(status), r.RemoteAddr, name, r.Method, r.URL)
	switch status {
	case http.StatusOK:
		s.backend(name, r).ServeHTTP(w, r)
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
		fallthrough
	default:
		http.Error(w, http.StatusText(status), status)
	}
}

func (s server) backend(name string, r *http.Request) *cgi.Handler {
	env := []string{
		"GIT_PROJECT_ROOT=" + s.root, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=" + name,
		// Git refuses pushes over HTTP unless it is told who pushes; that is decided above.
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=http.receivepack", "GIT_CONFIG_VALUE_0=true",
	}
	if protocol := r.Header.Get("Git-Protocol"); protocol != "" {
		env = append(env, "GIT_PROTOCOL="+protocol)
	}
	return &cgi.Handler{Path: "/usr/lib/git-core/git-http-backend", Env: env}
}

func main() {
	listen := flag.String("listen", "", "address to listen on")
	cert := flag.String("cert", "", "certificate")
	key := flag.String("key", "", "key of the certificate")
	root := flag.String("root", "", "folder of the repositories")
	users := flag.String("users", "", "file of users and their rights")
	flag.Parse()
	log.Fatal(http.ListenAndServeTLS(*listen, *cert, *key, server{*root, *users}))
}
