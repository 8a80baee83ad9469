/** The least that `current`, `heads` and `history` can be: the first kilobyte of every file, the heads among them, and one question to the server. */
const fs = require('node:fs')
const folder = process.argv[2]
const declaration = /^export const (revision|downRevision)(?:: [^=]+)? = (.+)$/gm
const buffer = Buffer.allocUnsafe(1024)
const parents = new Map()
for (const name of fs.readdirSync(folder)) {
  const file = fs.openSync(`${folder}/${name}`)
  const text = buffer.toString('latin1', 0, fs.readSync(file, buffer, 0, 1024, 0))
  fs.closeSync(file)
  const found = {}
  for (const [, key, value] of text.matchAll(declaration)) found[key] = value
  parents.set(found.revision, found.downRevision)
}
const all = new Set(parents.values())
const heads = [...parents.keys()].filter((id) => !all.has(id))
if (process.argv[3] === undefined) console.log(heads.join('\n'))
else {
  const { Client } = require('pg')
  const client = new Client({ connectionString: process.argv[3] })
  void client
    .connect()
    .then(() => client.query('SELECT 1'))
    .then(() => client.end())
    .then(() => console.log(heads.join('\n')))
}
