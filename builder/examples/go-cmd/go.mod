module example.com/shop

go 1.22

toolchain go1.22.5

require github.com/go-chi/chi/v5 v5.1.0
