package suite

import (
	"fmt"
	"io"
	"sync"
	"text/tabwriter"
)

// Finding is something that upstream's code does not accept.
type Finding struct {
	Property Property
	// Where is the object, or the file.
	Where   string
	Message string
}

func (f Finding) String() string { return fmt.Sprintf("[%s] %s: %s", f.Property, f.Where, f.Message) }

// Verdict collects the results for one repository.
type Verdict struct {
	Findings []Finding
	checks   map[Property]int
}

// NewVerdict returns an empty verdict.
func NewVerdict() *Verdict { return &Verdict{checks: map[Property]int{}} }

// Checked counts one object that was judged by a property, whatever the result.
func (v *Verdict) Checked(property Property) { v.checks[property]++ }

// Fail records a finding.
func (v *Verdict) Fail(property Property, where, format string, arguments ...any) {
	v.Findings = append(v.Findings, Finding{property, where, fmt.Sprintf(format, arguments...)})
}

// Must records an error, and reports whether there was none.
func (v *Verdict) Must(property Property, where string, err error) bool {
	if err != nil {
		v.Fail(property, where, "%v", err)
	}
	return err == nil
}

// Summary adds up the verdicts on many repositories. It is safe for concurrent use.
type Summary struct {
	mutex        sync.Mutex
	repositories map[Property]int
	checks       map[Property]int
	findings     map[Property]int
}

// NewSummary returns an empty summary.
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

// Print writes a line for each of a judge's properties, and reports those that were never applied.
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
