/** What is known of an error, as text. In V8 alone a stack has the message in it. */
export function told(error) {
  const { message = String(error), stack = "" } = Object(error);
  return stack.includes(message) ? stack : `${message}\n${stack}`;
}
