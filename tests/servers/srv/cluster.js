// Two workers, each of which ends after 1,000 answers and is replaced; each answers with what a program that
// it starts has printed.
const cluster = require('node:cluster');
const http = require('node:http');
const { execFileSync } = require('node:child_process');

if (cluster.isPrimary) {
	cluster.on('exit', () => cluster.fork());
	cluster.fork();
	cluster.fork();
} else {
	const words = execFileSync('/bin/cat', ['/srv/www/index.html']);
	let answers = 0;
	const server = http.createServer((request, response) => {
		response.end(words);
		if (++answers === 1000) {
			server.close(() => process.exit(0));
			server.closeIdleConnections();
			cluster.worker.disconnect();
		}
	});
	server.listen(8080, '127.0.0.1');
}
