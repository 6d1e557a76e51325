defmodule Hello do
  @moduledoc "Answers on PORT by sockets of the standard library."
  use Application

  def start(_type, _arguments) do
    port = String.to_integer(System.get_env("PORT", "5000"))
    {:ok, socket} = :gen_tcp.listen(port, [:binary, packet: :raw, active: false, reuseaddr: true])
    Supervisor.start_link([{Task, fn -> accept(socket) end}], strategy: :one_for_one)
  end

  defp accept(socket) do
    {:ok, client} = :gen_tcp.accept(socket)
    {:ok, _request} = :gen_tcp.recv(client, 0)
    body = "Hello from Elixir #{System.version()}\n"
    head = "HTTP/1.1 200 OK\r\ncontent-length: #{byte_size(body)}\r\nconnection: close\r\n\r\n"
    :gen_tcp.send(client, [head, body])
    :gen_tcp.close(client)
    accept(socket)
  end
end
