# frozen_string_literal: true

require 'socket'

# One answer for each connection: the standard library has no web server.
Signal.trap('TERM') { exit }
server = TCPServer.new('0.0.0.0', Integer(ENV.fetch('PORT', '5000')))
loop do
  client = server.accept
  while (line = client.gets) && line != "\r\n"; end
  body = "Hello from Ruby #{RUBY_VERSION}\n"
  client.write "HTTP/1.1 200 OK\r\ncontent-length: #{body.bytesize}\r\nconnection: close\r\n\r\n#{body}"
  client.close
end
