// A third opinion on DKIM signatures, by mailauth for Node (npm: mailauth), which knows Ed25519 too.
//
// Reads and writes the same JSON as mail_dkim_judge.pl; where mailauth is installed is said by LAMPLIGHTER_MAILAUTH, a
// folder with node_modules in it. No DNS is asked: the records are the whole of it.
'use strict';
const { createRequire } = require('node:module');
const path = require('node:path');

const load = createRequire(path.join(path.resolve(process.env.LAMPLIGHTER_MAILAUTH || '.'), 'x.js'));
const { dkimVerify } = load('mailauth/lib/dkim/verify');

const chunks = [];
process.stdin.on('data', chunk => chunks.push(chunk));
process.stdin.on('end', async () => {
    const job = JSON.parse(Buffer.concat(chunks).toString());
    const resolver = async (name, type) => {
        const strings = type === 'TXT' ? job.records[name.toLowerCase().replace(/\.$/, '')] : undefined;
        if (strings) return [strings];
        throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
    };
    const judged = [];
    for (const mail of job.mails) {
        const { results } = await dkimVerify(Buffer.from(mail, 'base64'), { resolver });
        judged.push(
            results
                .filter(it => it.signature || it.selector)
                .map(it => ({ algorithm: it.algo, selector: it.selector, result: it.status.result === 'pass' ? 'pass' : 'fail' }))
        );
    }
    process.stdout.write(JSON.stringify(judged) + '\n');
});
