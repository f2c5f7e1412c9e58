"""Operators in Telegram: cards of tickets in their chats, and what they press and write there."""
