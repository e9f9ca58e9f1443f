/* What a program over this library needs of its host (bytepiece_files.h). */
#include <stdio.h>

#include "base/host.h"
#include "bytepiece_files.h"

void bp_catch_signals(void)
{
	bp_host_catch_signals();
}

int bp_caught_signal(void)
{
	return bp_host_signal();
}

void bp_raise(int sig)
{
	bp_host_raise(sig);
}

bool bp_stderr_is_terminal(void)
{
	return bp_host_is_terminal(stderr);
}

bool bp_stdout_is_terminal(void)
{
	return bp_host_is_terminal(stdout);
}

uint64_t bp_peak_memory(void)
{
	return bp_host_peak_memory();
}
