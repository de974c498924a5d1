// Package tekton holds what treenail writes against Tekton's own code: its types, its admission webhook and its
// reconcilers, with a fake API server behind them. go.mod has the newest release, go.lts.mod the one with long-term
// support; both judge with this source.
package tekton
