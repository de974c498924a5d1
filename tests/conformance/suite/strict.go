package suite

import (
	"errors"

	"sigs.k8s.io/json"
)

// DecodeStrictly reads JSON as the API server does with strict field validation: names are case-sensitive, known and
// unique.
func DecodeStrictly(text []byte, into any) error {
	strict, err := json.UnmarshalStrict(text, into)
	return errors.Join(append(strict, err)...)
}
