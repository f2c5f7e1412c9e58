/**
 * The desk's WebSocket, for lists and tickets alike: it only says when to look. Without it pages look by themselves.
 *
 * connect({ follow, onEvent, onQueue, onPresence }) gives { send, isAlive }: alive is what has said something.
 */

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

export function connect({ follow, onEvent = () => {}, onQueue = () => {}, onPresence = () => {} }) {
  let socket = null;
  let pause = FIRST_PAUSE;
  let heard = false;

  const handlers = {
    event: onEvent,
    queue: onQueue,
    presence: (frame) => onPresence(frame.people),
  };

  function send(frame) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  }

  function open() {
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/desk/`);
    socket.addEventListener("open", () => {
      pause = FIRST_PAUSE;
      if (follow) send({ type: "follow", ...follow() });
    });
    socket.addEventListener("message", (message) => {
      const frame = JSON.parse(message.data);
      heard = true;
      handlers[frame.type]?.(frame);
    });
    socket.addEventListener("close", () => {
      heard = false;
      setTimeout(open, pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    });
  }

  open();
  return { send, isAlive: () => heard && socket?.readyState === WebSocket.OPEN };
}
