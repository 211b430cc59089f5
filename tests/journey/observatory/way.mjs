// Loaded before the Observatory: it asks a host by name on the ports 80 and 443, and the stack of a
// test has no address of its own and other ports. Nothing of the Observatory itself is changed.
import net from "node:net";

const { name, ports } = JSON.parse(process.env.OBSERVATORY_WAY);
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...given) {
  const options = Array.isArray(given[0]) ? given[0][0] : given[0];
  if (options?.host === name) {
    options.host = "127.0.0.1";
    options.port = ports[options.port] ?? options.port;
  }
  return connect.apply(this, given);
};
