package main

// Open answers on the port given.
func (s *Server) Open(port int) error {
	return s.listen(port)
}

type Server struct {
	name string
}
