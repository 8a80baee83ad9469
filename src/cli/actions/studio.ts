/** `ambix studio`: the page over HTTP, for this machine alone, with a token in the URL. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { report } from '../../commands/report.ts'
import { AmbixError } from '../../errors.ts'
import type { Run } from '../action.ts'
import { page } from '../page.ts'

export const run: Run = async (action) => {
  const { printer, common } = action
  const asked = action.value('port') ?? '0'
  const port = Number(asked)
  if (!/^\d+$/.test(asked) || port > 65_535) {
    throw new AmbixError('USAGE.INVALID', `--port takes a number from 0 to 65535, not ${asked}`, {
      next: [{ text: 'Leave it out for a free port', command: 'ambix studio' }],
    })
  }
  const options = { ...common, offline: action.flag('offline') }
  // Errors of the project are reported here, not in the browser.
  page(await report(action.config, options))
  const token = randomBytes(24).toString('base64url')
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const host = /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(request.headers.host ?? '')
    const given = Buffer.from(url.searchParams.get('token') ?? '')
    const right = given.length === token.length && timingSafeEqual(given, Buffer.from(token))
    const common = {
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    }
    if (request.method !== 'GET' || url.pathname !== '/') return void response.writeHead(404, common).end()
    if (!host || !right) return void response.writeHead(403, common).end('Open the URL that ambix studio printed.\n')
    report(action.config, options).then(
      (data) => response.writeHead(200, { ...common, 'content-type': 'text/html; charset=utf-8' }).end(page(data)),
      (error: unknown) =>
        response
          .writeHead(500, { ...common, 'content-type': 'text/plain; charset=utf-8' })
          .end(`${(error as Error).message}\n`),
    )
  })
  await new Promise<void>((done, fail) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      fail(
        new AmbixError('USAGE.INVALID', `The port ${port} cannot be listened on`, {
          why: cause.message,
          next: [{ text: 'Leave --port out for a free one', command: 'ambix studio' }],
          cause,
        }),
      ),
    )
    server.listen(port, '127.0.0.1', done)
  })
  printer.data(`http://127.0.0.1:${(server.address() as AddressInfo).port}/?token=${token}`)
  printer.say('Press Ctrl-C to stop it.')
  await new Promise<void>((done) => {
    if (common.signal?.aborted === true) done()
    common.signal?.addEventListener('abort', () => done(), { once: true })
  })
  server.closeAllConnections()
  await new Promise<void>((done) => server.close(() => done()))
  return 0
}
