// What every route that only answers questions says of itself: keys with the scope read may ask.

export const READ = { config: { scope: 'read' } } as const
