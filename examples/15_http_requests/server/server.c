/*
 * A small HTTP server with a static probe at the beginning of each request and one at
 * its end. It listens on this machine alone, prints where, and serves one request
 * after the other until it is killed.
 *
 * Build: cc -O2 -o http_server server.c (Debian: apt install systemtap-sdt-dev)
 * Run:   ./http_server [PORT]           (without, the kernel chooses one)
 */
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* The kernel counts these up while somebody listens to the probe of the name. */
#define SEMAPHORE(name) unsigned short name##_semaphore __attribute__((section(".probes")))
SEMAPHORE(http_server_request__begin);
SEMAPHORE(http_server_request__end);

#define MAX_REQUEST 16384 /* bytes, with all headers */
#define PATIENCE 5 /* seconds for a client that says nothing */

static const struct page {
	const char *path, *text;
} pages[] = {
	{"/", "What would you like?\n"},
	{"/bread", "Here is your bread.\n"},
	{"/cake", "There is no cake today.\n"},
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Reads up to the end of the headers, and makes a string of it. */
static int receive(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1) {
		n = recv(fd, text + len, size - 1 - len, 0);
		if (n <= 0)
			return -1;
		len += n;
		text[len] = 0;
		if (strstr(text, "\r\n\r\n"))
			return 0;
	}
	return -1;
}

/* Cuts the method and the URL out of a request's first line. */
static int parse(char *text, char **method, char **url)
{
	char *version;

	*method = strtok_r(text, " \r\n", &version);
	*url = strtok_r(NULL, " \r\n", &version);
	return *method && *url && !strncmp(version, "HTTP/1.", 7) ? 0 : -1;
}

static const struct page *find(const char *url)
{
	size_t i, len = strcspn(url, "?");

	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strlen(pages[i].path) == len && !strncmp(pages[i].path, url, len))
			return &pages[i];
	return NULL;
}

static int send_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (; len; text += n, len -= n) {
		n = send(fd, text, len, MSG_NOSIGNAL);
		if (n < 0)
			return -1;
	}
	return 0;
}

/* Sends an answer, and returns how long its text is: -1 if the client is gone. */
static long answer(int fd, int status, const char *reason, const char *text, int head_only)
{
	size_t len = strlen(text);
	char head[256];
	int n;

	n = snprintf(head, sizeof(head),
		     "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
		     status, reason, len);
	if (head_only)
		len = 0;
	if (send_all(fd, head, n) || send_all(fd, text, len))
		return -1;
	return len;
}

static void serve(int fd)
{
	char text[MAX_REQUEST], *method, *url;
	const struct page *page;
	int status;
	long bytes;

	if (receive(fd, text, sizeof(text)) || parse(text, &method, &url)) {
		answer(fd, 400, "Bad Request", "I do not understand.\n", 0);
		return;
	}
	if (http_server_request__begin_semaphore)
		STAP_PROBE3(http_server, request__begin, fd, method, url);
	page = find(url);
	status = page ? 200 : 404;
	if (page)
		bytes = answer(fd, status, "OK", page->text, !strcmp(method, "HEAD"));
	else
		bytes = answer(fd, status, "Not Found", "We have no such thing.\n", !strcmp(method, "HEAD"));
	if (http_server_request__end_semaphore)
		STAP_PROBE5(http_server, request__end, fd, method, url, status, bytes);
}

/* Lets the client read its answer: closing at once would take back what it has not
   read yet if there is more of its request. */
static void hang_up(int fd)
{
	char rest[4096];

	shutdown(fd, SHUT_WR);
	while (recv(fd, rest, sizeof(rest), 0) > 0)
		;
	close(fd);
}

static in_port_t port_number(const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (!*text || *end || port > 65535) {
		fprintf(stderr, "%s is no port: give a number up to 65535\n", text);
		exit(1);
	}
	return htons(port);
}

static int listen_on(in_port_t port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) || listen(fd, SOMAXCONN) ||
	    getsockname(fd, (struct sockaddr *)&addr, &len))
		die("listen");
	printf("http://127.0.0.1:%d/\n", ntohs(addr.sin_port));
	fflush(stdout);
	return fd;
}

int main(int argc, char **argv)
{
	struct timeval patience = {.tv_sec = PATIENCE};
	int listener = listen_on(port_number(argc > 1 ? argv[1] : "0"));
	int fd;

	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
			die("accept");
		serve(fd);
		hang_up(fd);
	}
}
