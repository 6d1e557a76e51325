package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"example.com/greeting"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		page, err := os.ReadFile("templates/page.txt")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, "%s %s\n", greeting.Greet("Go"), page)
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
