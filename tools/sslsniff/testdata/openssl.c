/* Sends and receives by OpenSSL as its input asks; see peer.h. */
#include "peer.h"
#include <openssl/ssl.h>

static SSL_CTX *context;
static SSL *ends[4];
static const char *nested;

static void set_up(void)
{
	context = SSL_CTX_new(TLS_method());
	must(context && SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION), "make a context");
	must(SSL_CTX_set_cipher_list(context, "ADH-AES256-GCM-SHA384:@SECLEVEL=0"), "choose a cipher without certificates");
	SSL_CTX_set_dh_auto(context, 1);
	SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static long call(const char *function, int end, char *data, long size)
{
	size_t done = 77;	/* as if left from before */

	if (!strcmp(function, "SSL_read"))
		return SSL_read(ends[end], data, size);
	if (!strcmp(function, "SSL_write"))
		return SSL_write(ends[end], data, size);
	if (!strcmp(function, "SSL_read_ex"))
		return SSL_read_ex(ends[end], data, size, &done) ? (long)done : -1;
	must(!strcmp(function, "SSL_write_ex"), function);
	return SSL_write_ex(ends[end], data, size, &done) ? (long)done : -1;
}

/* Connects two ends by turns, as neither call waits for the other end. */
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
			if (SSL_do_handshake(ends[server + i]) != 1) {
				usleep(ms * 1000);
				continue;
			}
			say("SSL_do_handshake", 1, begin[i], now(), NULL);
			finished[i] = 1;
			left--;
		}
}

static void handshake(int ms)
{
	int i;

	for (i = 0; i < 4; i++) {
		SSL_free(ends[i]);
		ends[i] = SSL_new(context);
		SSL_set_fd(ends[i], sockets[i]);
		if (i % 2)
			SSL_set_connect_state(ends[i]);
		else
			SSL_set_accept_state(ends[i]);
	}
	SSL_set_mode(ends[2], SSL_MODE_ENABLE_PARTIAL_WRITE);	/* a record at a time */
	connect_ends(0, ms);
	connect_ends(2, ms);
}

static void write_nested(int sent, int version, int type, const void *data, size_t size, SSL *ssl, void *arg)
{
	const char *text = nested;

	(void)sent, (void)version, (void)type, (void)data, (void)size, (void)ssl, (void)arg;
	nested = NULL;
	if (text)
		transfer("SSL_write", 2, text);
}

static void nest(const char *text)
{
	static char copy[100];

	nested = strncpy(copy, text, sizeof(copy) - 1);
	SSL_set_msg_callback(ends[0], write_nested);
}
