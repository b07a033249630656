//go:build tools

// Package tools pins what is built: a registry of images for the tests.
package tools

import _ "github.com/distribution/distribution/v3/cmd/registry"
