package activity

import "net"

// SendDatagrams sends n datagrams of a size to an address from one socket. Those
// that are refused are not counted.
func SendDatagrams(to string, n, size int) (sent int, err error) {
	conn, err := net.ListenPacket("udp", ":0")
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	address, err := net.ResolveUDPAddr("udp", to)
	if err != nil {
		return 0, err
	}
	for range n {
		if _, err = conn.WriteTo(make([]byte, size), address); err == nil {
			sent++
		}
	}
	if sent > 0 {
		return sent, nil
	}
	return 0, err
}
