/**
 * A TCP proxy in front of the server that can drop its connections.
 */
import { connect, createServer } from 'node:net';

/** @param {number} target a port of this machine */
export async function openProxy(target) {
  const sockets = new Set();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const cut = () => sockets.forEach((socket) => socket.resetAndDestroy());
  return {
    port: server.address().port,
    cut,
    close() {
      cut();
      server.close();
    },
  };
}
