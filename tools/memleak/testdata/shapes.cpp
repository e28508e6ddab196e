// Allocates in all of C++'s ways and tells what it leaves: function, count, bytes.
#include <cstdio>
#include <new>
#include <unistd.h>

namespace shop {

struct alignas(64) Wide {
	char data[192];
};

static void *volatile kept;

template <typename T> struct Shelf {
	__attribute__((noinline)) void fill(int n)
	{
		kept = new T[n];
		__asm__ volatile("" ::: "memory");
	}
};

__attribute__((noinline)) void single()
{
	kept = new int(7);
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) void careful()
{
	kept = new (std::nothrow) char[333];
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) void wide()
{
	kept = new Wide;
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) void wides()
{
	kept = new (std::nothrow) Wide[3];
	__asm__ volatile("" ::: "memory");
}

// Gives back all that it takes, and fails once.
__attribute__((noinline)) void tidy()
{
	for (int i = 1; i < 50; i++) {
		long *p = new long[i];
		kept = p;
		delete[] p;
		delete new Wide;
	}
	try {
		kept = ::operator new(size_t(-1) / 4, std::nothrow);
		if (kept)
			_exit(3);
	} catch (std::bad_alloc &) {
		_exit(4);
	}
}

} // namespace shop

int main()
{
	shop::Shelf<long> longs;

	for (int i = 0; i < 5; i++)
		shop::single();
	shop::tidy();
	longs.fill(100);
	longs.fill(100);
	shop::careful();
	shop::wide();
	shop::wides();
	shop::tidy();
	return 0;
}
