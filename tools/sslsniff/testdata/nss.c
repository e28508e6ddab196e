/*
 * Sends and receives by NSPR as its input asks; see peer.h. NSS puts TLS beneath
 * these functions; here they are plain sockets.
 */
#include "peer.h"
#include <nspr/nspr.h>
#include <nspr/private/pprio.h>

static PRFileDesc *ends[4];

static void set_up(void)
{
	PR_Init(PR_USER_THREAD, PR_PRIORITY_NORMAL, 0);
}

static long call(const char *function, int end, char *data, long size)
{
	if (!strcmp(function, "PR_Read"))
		return PR_Read(ends[end], data, size);
	if (!strcmp(function, "PR_Write"))
		return PR_Write(ends[end], data, size);
	if (!strcmp(function, "PR_Recv"))
		return PR_Recv(ends[end], data, size, 0, PR_INTERVAL_NO_WAIT);
	must(!strcmp(function, "PR_Send"), function);
	return PR_Send(ends[end], data, size, 0, PR_INTERVAL_NO_WAIT);
}

static void handshake(int ms)
{
	PRSocketOptionData option = {PR_SockOpt_Nonblocking, {.non_blocking = PR_TRUE}};
	int i;

	must(!ms, "there is no handshake");
	for (i = 0; i < 4; i++) {
		ends[i] = PR_ImportTCPSocket(sockets[i]);
		must(ends[i] && !PR_SetSocketOption(ends[i], &option), "make an end");
	}
}

static void nest(const char *text)
{
	must(!text, "NSPR cannot nest calls");
}
