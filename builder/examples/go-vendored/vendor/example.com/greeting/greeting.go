// Package greeting is a dependency that the repository has itself.
package greeting

func Greet(name string) string { return "Hello, " + name + "!" }
