/** How many days an API token may live, and lives where nothing is said. */
export const tokenDays = { most: 365, usual: 90 };
