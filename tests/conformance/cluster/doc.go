// Package cluster holds what treenail writes against the code that would take it in a cluster: kustomize, Argo CD and
// the Kubernetes API server.
package cluster
