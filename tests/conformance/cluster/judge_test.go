package cluster

import (
	"testing"

	"conformance/suite"
)

func judgeOne(_ *testing.T, repository *suite.Repository) *suite.Verdict { return judge(repository) }

func TestMatrix(t *testing.T) { suite.Judged(t, suite.Cluster, judgeOne) }

func TestMutations(t *testing.T) { suite.Caught(t, suite.Cluster, judgeOne) }
