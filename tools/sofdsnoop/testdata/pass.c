/*
 * Passes descriptors through a Unix socket, in all ways that there are, when it gets
 * a line. Prints each that it sent or received, with the socket.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY 253

static char text[] = "text";
static struct iovec data = {text, sizeof(text)};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Adds a part to a message, which has to have room. */
static void add(struct msghdr *m, int type, const void *from, size_t size)
{
	struct cmsghdr *part = (void *)((char *)m->msg_control + m->msg_controllen);

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = type;
	part->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(part), from, size);
	m->msg_controllen += CMSG_SPACE(size);
}

static void prepare(struct msghdr *m, size_t room)
{
	memset(m, 0, sizeof(*m));
	m->msg_iov = &data;
	m->msg_iovlen = 1;
	m->msg_control = calloc(1, 2048);
	m->msg_controllen = room;
}

static void tell(const char *action, int sock, struct msghdr *m)
{
	struct cmsghdr *part;
	int fd;

	for (part = CMSG_FIRSTHDR(m); part; part = CMSG_NXTHDR(m, part)) {
		if (part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at < part->cmsg_len - CMSG_LEN(0); at += sizeof(fd)) {
			memcpy(&fd, CMSG_DATA(part) + at, sizeof(fd));
			printf("%s %d %d\n", action, sock, fd);
		}
	}
}

static void send_all(int sock, int file)
{
	int two[] = {file, 0}, wrong = 999, many[MANY];
	struct ucred self = {getpid(), getuid(), getgid()};
	struct mmsghdr all[3] = {};
	struct msghdr m;

	prepare(&m, 0);
	add(&m, SCM_RIGHTS, two, sizeof(two));
	if (sendmsg(sock, &m, 0) < 0)
		fail("sendmsg");
	tell("SEND", sock, &m);

	prepare(&m, 0);
	add(&m, SCM_CREDENTIALS, &self, sizeof(self));
	add(&m, SCM_RIGHTS, &file, sizeof(file));
	add(&m, SCM_RIGHTS, two, sizeof(two));
	if (sendmsg(sock, &m, 0) < 0)
		fail("sendmsg of parts");
	tell("SEND", sock, &m);

	prepare(&m, 0);
	add(&m, SCM_RIGHTS, &wrong, sizeof(wrong));
	if (sendmsg(sock, &m, 0) != -1 || errno != EBADF)
		fail("sendmsg of what there is not");

	for (int i = 0; i < MANY; i++)
		many[i] = i % 2 ? file : 0;
	prepare(&all[0].msg_hdr, 0);
	add(&all[0].msg_hdr, SCM_RIGHTS, &file, sizeof(file));
	prepare(&all[1].msg_hdr, 0);
	prepare(&all[2].msg_hdr, 0);
	add(&all[2].msg_hdr, SCM_RIGHTS, many, sizeof(many));
	if (sendmmsg(sock, all, 3, 0) != 3)
		fail("sendmmsg");
	for (int i = 0; i < 3; i++)
		tell("SEND", sock, &all[i].msg_hdr);
}

static void receive_all(int sock)
{
	struct mmsghdr all[3] = {};
	struct msghdr m;

	for (int i = 0; i < 2; i++) {
		prepare(&m, 2048);
		if (recvmsg(sock, &m, 0) < 0)
			fail("recvmsg");
		tell("RECV", sock, &m);
	}
	for (int i = 0; i < 3; i++)
		prepare(&all[i].msg_hdr, 2048);
	if (recvmmsg(sock, all, 3, 0, NULL) != 3)
		fail("recvmmsg");
	for (int i = 0; i < 3; i++)
		tell("RECV", sock, &all[i].msg_hdr);
}

int main(int argc, char **argv)
{
	int pair[2], file = open(argv[argc - 1], O_RDONLY);

	if (file < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		fail("begin");
	puts("ready");
	fflush(stdout);
	getchar();
	send_all(pair[0], file);
	receive_all(pair[1]);
	puts("done");
	fflush(stdout);
	getchar();
	return 0;
}
