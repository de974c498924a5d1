// app is the service that the stories release. It says its version, and is as healthy as the file /health says.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
)

// What the image has in a file, without the line break; nothing if the file is missing.
func content(path string) string {
	text, _ := os.ReadFile(path)
	return strings.TrimSpace(string(text))
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if health := content("/health"); health != "" && health != "good" {
			http.Error(w, health, http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, "good")
	})
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "version %s, user %d\n", content("/version"), os.Getuid())
	})
	log.Printf("listening on port %s as user %d", port, os.Getuid())
	log.Fatal(http.ListenAndServe(":"+port, nil))
}
