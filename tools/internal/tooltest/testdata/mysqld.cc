/*
 * A server that looks like MySQL's to a tracer. It executes queries from its
 * input, lines of milliseconds and a text, by sleeping, says by which thread and
 * when each began and ended, and writes over the text. "thread" in front has
 * another thread do it, "ping" is a command without query.
 *
 * With PROBES it has static probes, with DATA the dispatch_command of MySQL 5.7
 * and later, else the one of MySQL 5.6 and MariaDB.
 */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <ctime>
#include <unistd.h>
#ifdef PROBES
#include <sys/sdt.h>
#endif

enum enum_server_command { COM_SLEEP, COM_QUIT, COM_INIT_DB, COM_QUERY, COM_PING = 14 };

class THD {
public:
	int ms;
};

struct COM_QUERY_DATA {
	const char *query;
	unsigned int length;
};

union COM_DATA {
	COM_QUERY_DATA com_query;
};

static long now()
{
	timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static void execute(THD *thd, char *text, unsigned length)
{
#ifdef PROBES
	DTRACE_PROBE5(mysql, query__start, text, 7UL, "database", "user", "host");
#endif
	usleep(thd->ms * 1000);
	memset(text, '!', length);
#ifdef PROBES
	DTRACE_PROBE1(mysql, query__done, 0);
#endif
}

#ifdef DATA
__attribute__((noinline)) bool dispatch_command(THD *thd, const COM_DATA *data, enum_server_command command)
{
	if (command == COM_QUERY)
		execute(thd, const_cast<char *>(data->com_query.query), data->com_query.length);
	return command == COM_QUIT;
}
#else
__attribute__((noinline)) bool dispatch_command(enum_server_command command, THD *thd, char *packet, unsigned length)
{
	if (command == COM_QUERY)
		execute(thd, packet, length);
	return command == COM_QUIT;
}
#endif

static void run(enum_server_command command, int ms, std::string text)
{
	std::string packet = text;
#ifdef PROBES
	packet += '\0';
#endif
	packet += "behind the end";
	THD thd = {ms};
	long begin = now();
#ifdef DATA
	COM_DATA data = {{&packet[0], (unsigned)text.size()}};

	dispatch_command(&thd, &data, command);
#else
	dispatch_command(command, &thd, &packet[0], text.size());
#endif
	if (command == COM_QUERY)
		printf("query %d %ld %ld %s\n", gettid(), begin, now(), text.c_str());
	printf("done\n");
	fflush(stdout);
}

int main()
{
	static char line[10000];
	int ms;

	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		char *text = line;

		line[strcspn(line, "\n")] = 0;
		if (!strcmp(line, "ping")) {
			run(COM_PING, 0, "no query");
			continue;
		}
		bool other = !strncmp(line, "thread ", 7);
		ms = strtol(line + (other ? 7 : 0), &text, 10);
		if (other)
			std::thread(run, COM_QUERY, ms, std::string(text + 1)).join();
		else
			run(COM_QUERY, ms, text + 1);
	}
	return 0;
}
