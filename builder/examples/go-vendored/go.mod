module example.com/hello/v2

go 1.19

require example.com/greeting v1.0.0
