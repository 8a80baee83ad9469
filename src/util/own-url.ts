/** The URL of a file of ambix: none in a program that was bundled as CommonJS. */

/** `import.meta.url`, and what is no file where a bundler has emptied it. */
export const ownUrl = (url: string | undefined): string => url ?? 'file:///bundled/ambix/app.js'
