package main

import "github.com/urfave/cli/v2"

func doctorCommand(con *console) *cli.Command {
	return &cli.Command{Name: "doctor"}
}
