/* Sends and receives by GnuTLS as its input asks; see peer.h. */
#include "peer.h"
#include <gnutls/gnutls.h>

static gnutls_session_t ends[4];
static gnutls_anon_server_credentials_t server_credentials;
static gnutls_anon_client_credentials_t client_credentials;

static void set_up(void)
{
	must(!gnutls_anon_allocate_server_credentials(&server_credentials), "make credentials");
	must(!gnutls_anon_allocate_client_credentials(&client_credentials), "make credentials");
}

static long call(const char *function, int end, char *data, long size)
{
	if (!strcmp(function, "gnutls_record_recv"))
		return gnutls_record_recv(ends[end], data, size);
	must(!strcmp(function, "gnutls_record_send"), function);
	return gnutls_record_send(ends[end], data, size);
}

static void connect_ends(int server, int ms)
{
	int i, left = 2, finished[2] = {};
	long begin[2] = {};

	while (left)
		for (i = 0; i < 2; i++) {
			if (finished[i])
				continue;
			if (!begin[i])
				begin[i] = now();
			if (gnutls_handshake(ends[server + i])) {
				usleep(ms * 1000);
				continue;
			}
			say("gnutls_handshake", 0, begin[i], now(), NULL);
			finished[i] = 1;
			left--;
		}
}

static void handshake(int ms)
{
	static const char priority[] = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ANON-ECDH";
	int i;

	for (i = 0; i < 4; i++) {
		if (ends[i])
			gnutls_deinit(ends[i]);
		must(!gnutls_init(ends + i, GNUTLS_NONBLOCK | (i % 2 ? GNUTLS_CLIENT : GNUTLS_SERVER)), "make an end");
		must(!gnutls_priority_set_direct(ends[i], priority, NULL), "set the priorities");
		if (i % 2)
			gnutls_credentials_set(ends[i], GNUTLS_CRD_ANON, client_credentials);
		else
			gnutls_credentials_set(ends[i], GNUTLS_CRD_ANON, server_credentials);
		gnutls_transport_set_int(ends[i], sockets[i]);
	}
	connect_ends(0, ms);
	connect_ends(2, ms);
}

static void nest(const char *text)
{
	must(!text, "GnuTLS cannot nest calls");
}
