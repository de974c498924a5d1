package suite

import (
	"errors"

	"sigs.k8s.io/json"
)

// DecodeStrictly reads JSON as the API server does where it is asked to be strict: names are spelt to the letter, known,
// and given once.
func DecodeStrictly(text []byte, into any) error {
	strict, err := json.UnmarshalStrict(text, into)
	return errors.Join(append(strict, err)...)
}
