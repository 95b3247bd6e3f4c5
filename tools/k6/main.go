// Package main pins the k6 that proofload builds where no released binary can be had: go.mod and go.sum name every
// module by version and hash. `go build go.k6.io/k6/v2` in this folder builds k6 itself; this file only keeps the
// requirement alive for `go mod tidy`.
package main

import _ "go.k6.io/k6/v2/cmd"

func main() {}
