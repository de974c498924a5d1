// Package cluster checks the generated repositories with the code that processes them in a cluster: kustomize, Argo CD and
// the Kubernetes API server.
package cluster
