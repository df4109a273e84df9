namespace Health.Cards;
