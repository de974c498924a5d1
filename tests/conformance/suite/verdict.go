package suite

import (
	"fmt"
	"io"
	"sync"
	"text/tabwriter"
)

// Finding is one thing that upstream's code does not accept.
type Finding struct {
	Property Property
	// Where is the object, or the file.
	Where   string
	Message string
}

func (f Finding) String() string { return fmt.Sprintf("[%s] %s: %s", f.Property, f.Where, f.Message) }

// Verdict collects what was judged in one repository.
type Verdict struct {
	Findings []Finding
	checks   map[Property]int
}

// NewVerdict is the verdict on a repository that nobody has looked at.
func NewVerdict() *Verdict { return &Verdict{checks: map[Property]int{}} }

// Checked counts one object that was held against a property, whatever came of it.
func (v *Verdict) Checked(property Property) { v.checks[property]++ }

// Fail notes a finding.
func (v *Verdict) Fail(property Property, where, format string, arguments ...any) {
	v.Findings = append(v.Findings, Finding{property, where, fmt.Sprintf(format, arguments...)})
}

// Must notes an error, if it is one, and says whether all is well.
func (v *Verdict) Must(property Property, where string, err error) bool {
	if err != nil {
		v.Fail(property, where, "%v", err)
	}
	return err == nil
}

// Summary adds up the verdicts on many repositories. It may be used by several goroutines.
type Summary struct {
	mutex        sync.Mutex
	repositories map[Property]int
	checks       map[Property]int
	findings     map[Property]int
}

// NewSummary is the summary of nothing yet.
func NewSummary() *Summary {
	return &Summary{repositories: map[Property]int{}, checks: map[Property]int{}, findings: map[Property]int{}}
}

// Add counts a verdict.
func (s *Summary) Add(verdict *Verdict) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for property, checks := range verdict.checks {
		s.repositories[property]++
		s.checks[property] += checks
	}
	for _, finding := range verdict.Findings {
		s.findings[finding.Property]++
	}
}

// Print writes a line for each of a judge's properties, and tells which of them nothing was held against.
func (s *Summary) Print(out io.Writer, judge Judge) (idle []Property) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "property\trepositories\tchecks\tfindings\twhat")
	for _, property := range Properties {
		if property.Judge != judge {
			continue
		}
		name := property.Name
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%s\n", name, s.repositories[name], s.checks[name], s.findings[name], property.What)
		if s.checks[name] == 0 {
			idle = append(idle, name)
		}
	}
	table.Flush()
	return idle
}
