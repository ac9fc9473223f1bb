# What these need is installed by the scripts themselves: `make demo` works on a bare Debian with a Rust toolchain.
.PHONY: demo test test-long bench screens

demo:
	@scripts/demo $(ARGS)

test:
	@scripts/test

# Faults by the hundred; too long for every run.
test-long:
	@scripts/test-long

# The figures of the README; --json and so on in ARGS.
bench:
	@scripts/bench $(ARGS)

# The pictures of the README, from a demo of now.
screens:
	@scripts/install --test
	@cd tests/browser && node screens.js
