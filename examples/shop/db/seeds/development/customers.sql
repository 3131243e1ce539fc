INSERT INTO customers (email, name) VALUES
  ('ada@example.com', 'Ada'),
  ('grace@example.com', 'Grace');
