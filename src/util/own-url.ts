/** The URL of a file of ambix: none in a program that was bundled as CommonJS. */

/** `import.meta.url`, or a URL that is not a file where a bundler has removed it. */
export const ownUrl = (url: string | undefined): string => url ?? 'file:///bundled/ambix/app.js'
