import type { AuthenticationType, AuthHandlerMiddleware, NextAuthHandler } from 'ssh2';

/** RFC 4252: a password, also where it is asked for as if by a person (RFC 4256), or a key. */
export type SshSignIn = { user: string } & ({ password: string } | { privateKey: string });

/**
 * Asks what the server takes, and then tries the one thing there is, once: some servers lock an account after a few wrong passwords.
 *
 * @param refuse ends the sign-in where the server asks for something else
 */
export function signInHandler(signIn: SshSignIn, refuse: () => void): AuthHandlerMiddleware {
  const { user: username } = signIn;
  let isAsked = false;
  let isTried = false;

  return (methods: AuthenticationType[] | null, _isPartly: boolean, next: NextAuthHandler) => {
    if (!isAsked) {
      isAsked = true;
      next({ type: 'none', username });
      return;
    }
    const way = isTried ? undefined : wayOf(signIn, methods ?? []);
    isTried = true;
    if (way === 'publickey' && 'privateKey' in signIn) next({ type: way, username, key: signIn.privateKey });
    else if (way === 'password' && 'password' in signIn) next({ type: way, username, password: signIn.password });
    else if (way === 'keyboard-interactive' && 'password' in signIn) next({ type: way, username, prompt: answer(signIn.password, refuse) });
    else refuse();
  };
}

function wayOf(signIn: SshSignIn, methods: AuthenticationType[]): AuthenticationType | undefined {
  const wanted: AuthenticationType[] = 'privateKey' in signIn ? ['publickey'] : ['password', 'keyboard-interactive'];
  return wanted.find((way) => methods.includes(way));
}

interface Prompt {
  prompt: string;
  echo?: boolean;
}

/** The password answers one question that hides what is typed, and nothing else, such as that for a code. */
function answer(password: string, refuse: () => void) {
  let isGiven = false;
  return (_name: string, _instructions: string, _lang: string, prompts: Prompt[], finish: (answers: string[]) => void) => {
    const [only, ...others] = prompts;
    if (!only) finish([]);
    else if (isGiven || others.length > 0 || only.echo === true) refuse();
    else {
      isGiven = true;
      finish([password]);
    }
  };
}
