package tekton

import (
	"strings"
	"time"

	"conformance/suite"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
)

// injection finds values that Tekton would paste into code; they belong in environment variables.
func injection(verdict *suite.Verdict, task *v1.Task) {
	pasted := []string{"$(params", "$(tasks", "$(context", "$(workspaces", "$(results", "$(step"}
	for _, step := range task.Spec.Steps {
		verdict.Checked(suite.TektonInjection)
		for _, text := range append(append([]string{step.Script}, step.Command...), step.Args...) {
			for _, variable := range pasted {
				if strings.Contains(text, variable) {
					verdict.Fail(suite.TektonInjection, task.Name+"/"+step.Name, "%s...) is pasted into code", variable)
				}
			}
		}
	}
}

// timeouts adds up the time of the Tasks, which run one after the other, and of those at the end, which run at once.
func timeouts(verdict *suite.Verdict, found *delivery) {
	verdict.Checked(suite.TektonTimeouts)
	var sum time.Duration
	for _, task := range found.pipeline.Spec.Tasks {
		if task.Timeout == nil {
			verdict.Fail(suite.TektonTimeouts, task.Name, "has no time limit of its own")
			continue
		}
		sum += task.Timeout.Duration * time.Duration(task.Retries+1)
	}
	var atTheEnd time.Duration
	if limit := found.run.FinallyTimeout(); limit != nil {
		atTheEnd = limit.Duration
	}
	if limit := found.run.PipelineTimeout(webhookContext()) - atTheEnd; limit < sum {
		verdict.Fail(suite.TektonTimeouts, "PipelineRun", "ends after %v, but its Tasks may take %v", limit, sum)
	}
	for _, task := range found.pipeline.Spec.Finally {
		if task.Timeout == nil || task.Timeout.Duration > atTheEnd {
			verdict.Fail(suite.TektonTimeouts, task.Name, "may take longer than the %v that are left for it", atTheEnd)
		}
	}
}
