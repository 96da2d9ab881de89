// Two workers, each of which ends after 1,000 answers, as soon as the one that replaces it listens; each answers with
// what a program that it starts has printed.
const cluster = require('node:cluster');
const http = require('node:http');
const { execFileSync } = require('node:child_process');

if (cluster.isPrimary) {
	cluster.on('message', (worker) => cluster.fork().once('listening', () => worker.send('end')));
	cluster.fork();
	cluster.fork();
} else {
	const words = execFileSync('/bin/cat', ['/srv/www/index.html']);
	let answers = 0, ending = false;
	const server = http.createServer((request, response) => {
		response.shouldKeepAlive &&= !ending;
		response.end(words);
		if (++answers === 1000)
			process.send('enough');
	});
	process.on('message', () => {
		ending = true;
		server.close(() => process.exit(0));
		server.closeIdleConnections();
	});
	server.listen(8080, '127.0.0.1');
}
