package activity

import "testing"

// strlenText calls strlen itself only when it is told to, and nothing that it
// calls does.
const strlenText = `
#include <stdio.h>
#include <string.h>

int main(void)
{
	static char line[1 << 16];

	while (fgets(line, sizeof(line), stdin)) {
		*strchr(line, '\n') = 0;
		printf("%zu\n", strlen(line));
		fflush(stdout);
	}
	return 0;
}
`

// StartStrlen starts a program that calls strlen for each line. It has called
// the function once, with "", when StartStrlen returns. It needs gcc.
func StartStrlen(t testing.TB) *Program {
	t.Helper()
	p := StartC(t, strlenText)
	p.Tell("")
	return p
}
