import java.io.BufferedReader;
import java.io.InputStreamReader;

/** Does what it is told, a line each, and answers each with a line. */
public class Target {
	static class Parcel {
		long weight = 1;
		int[] content = new int[10];
	}

	static Object kept;

	static int leaf(int n) {
		return n + 1;
	}

	static int twice(int n) {
		return leaf(leaf(n));
	}

	/** Calls itself n times. */
	static int down(int n) {
		return n == 0 ? 0 : 1 + down(n - 1);
	}

	static void slow(int ms) throws InterruptedException {
		Thread.sleep(ms);
	}

	static void fails() {
		throw new IllegalStateException("told to");
	}

	static void caught() {
		try {
			fails();
		} catch (IllegalStateException e) {
			kept = e;
		}
	}

	static void run(String what, int n) throws Exception {
		switch (what) {
		case "twice":
			for (int i = 0; i < n; i++)
				twice(i);
			break;
		case "down":
			down(n);
			break;
		case "slow":
			slow(n);
			break;
		case "caught":
			for (int i = 0; i < n; i++)
				caught();
			break;
		case "gc":
			for (int i = 0; i < n; i++)
				System.gc();
			break;
		case "parcels":
			for (int i = 0; i < n; i++)
				kept = new Parcel();
			break;
		case "bytes":
			kept = new byte[n];
			break;
		case "load":
			Class.forName("java.util.concurrent.ConcurrentSkipListMap");
			break;
		default:
			Thread t = new Thread(() -> leaf(n), what);
			t.start();
			t.join();
		}
	}

	public static void main(String[] args) throws Exception {
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
		System.out.println("ready");
		for (String line = in.readLine(); line != null; line = in.readLine()) {
			String[] words = line.split(" ");
			long begin = System.nanoTime();
			run(words[0], Integer.parseInt(words[1]));
			System.out.println("did " + line + " in " + (System.nanoTime() - begin) + " ns");
		}
	}
}
