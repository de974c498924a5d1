// Package tekton checks the generated repositories with Tekton's own code: its types, its admission webhook and its
// reconcilers, with a fake API server behind them. go.mod has the newest release, go.lts.mod the one with long-term
// support; both use this source.
package tekton
